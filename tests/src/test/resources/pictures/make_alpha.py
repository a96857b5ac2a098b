# Writes rgba.tif's pixels with the two other meanings of a fourth sample: multiplied into the colours (1), and unspecified (0).
import struct
from PIL import Image

image = Image.open('rgba.png')
for name, meaning in ('associated', 1), ('unspecified', 0):
    pixels = bytearray()
    for r, g, b, a in image.getdata():
        pixels += bytes((c * a + 127) // 255 if meaning else c for c in (r, g, b)) + bytes((a,))
    tags = [(256, 3, (image.width,)), (257, 3, (image.height,)), (258, 3, (8, 8, 8, 8)), (259, 3, (1,)), (262, 3, (2,)),
            (273, 4, (8,)), (277, 3, (4,)), (278, 3, (image.height,)), (279, 4, (len(pixels),)), (338, 3, (meaning,))]
    directory = 8 + len(pixels)
    bits = directory + 2 + 12 * len(tags) + 4
    entries = b''
    for tag, kind, values in tags:
        value = struct.pack('<I', bits) if len(values) > 1 else struct.pack('<I', values[0])
        entries += struct.pack('<HHI', tag, kind, len(values)) + value
    with open(name + '.tif', 'wb') as file:
        file.write(b'II' + struct.pack('<HI', 42, directory) + pixels + struct.pack('<H', len(tags)) + entries
                   + struct.pack('<I', 0) + struct.pack('<4H', 8, 8, 8, 8))
