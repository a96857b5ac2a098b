# Writes a part of the photograph that is stored on its side, and what Pillow makes of it and of the photograph as torchvision and timm evaluate.
import math
from PIL import Image, ImageOps


def evaluation(image, side, crop, interpolation):
    resized = math.floor(side / crop)
    width, height = image.size
    short, long = min(width, height), max(width, height)
    other = int(resized * long / short)
    image = image.resize((resized, other) if width <= height else (other, resized), interpolation)
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return image.crop((left, top, left + side, top + side))


photo = Image.open('raccoon.png').convert('RGB')
exif = Image.Exif()
exif[0x112] = 6
photo.crop((20, 10, 140, 100)).save('turned.png', exif=exif, optimize=True)
turned = ImageOps.exif_transpose(Image.open('turned.png'))
for name, interpolation in ('bilinear', Image.BILINEAR), ('bicubic', Image.BICUBIC):
    evaluation(turned, 64, 0.875, interpolation).save(name + '-turned.png', optimize=True)
    evaluation(photo, 60, 0.9, interpolation).save(name + '-floor.png', optimize=True)
