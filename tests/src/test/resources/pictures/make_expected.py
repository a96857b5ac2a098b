# Writes expected/NAME.png for each picture here: what Pillow 9.4 makes of it, over white and upright.
import os
from PIL import Image, ImageOps

for name in sorted(os.listdir('.')):
    if not os.path.isfile(name) or name.endswith(('.py', '.md')):
        continue
    image = ImageOps.exif_transpose(Image.open(name))
    if image.mode == 'F':
        image = image.point(lambda v: v * 255 + 0.5).convert('L')
    elif image.mode.startswith('I'):
        image = image.point(lambda v: v / 257 + 0.5).convert('L')
    elif image.mode in ('LA', 'RGBA', 'PA') or 'transparency' in image.info:
        white = Image.new('RGBA', image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image.convert('RGBA')).convert('RGB')
    else:
        image = image.convert('RGB')
    image.save('expected/' + name + '.png', optimize=True)
