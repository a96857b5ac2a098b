from PIL import Image, ImageCms
import random, subprocess, os
random.seed(5)
W,H=45,31
im=Image.new('RGB',(W,H)); px=im.load()
for y in range(H):
  for x in range(W):
    px[x,y]=(min(255,x*5+y),(y*8+40)%256 if x>20 else y*7,(x*x//9+y*3)%256 if y>15 else 200-4*x)
im.save('rgb.png')
im.save('base444.jpg',quality=92,subsampling=0); im.save('base420.jpg',quality=90); im.save('prog.jpg',quality=90,progressive=True)
im.convert('L').save('grey.jpg',quality=90)
im.convert('CMYK').save('cmyk.jpg',quality=92)
b=bytearray(open('cmyk.jpg','rb').read()); i=b.index(b'Adobe'); print('adobe transform',b[i+11]); b[i+11]=2; open('ycck.jpg','wb').write(b)
for o in range(1,9):
  e=Image.Exif(); e[0x112]=o; im.save(f'exif{o}.jpg',quality=92,exif=e)
im.convert('P',palette=Image.ADAPTIVE,colors=16).save('palette.png')
im.convert('1').save('bw.png'); im.convert('L').save('grey.png')
a=im.convert('RGBA'); 
for y in range(H):
  for x in range(W): a.putpixel((x,y),px[x,y]+((x*5)%256,))
a.save('rgba.png'); a.convert('LA').save('la.png'); a.save('alpha.webp',lossless=True); a.save('alphalossy.webp',quality=90)
im.save('lossy.webp',quality=90); im.save('lossless.webp',lossless=True)
g=im.quantize(32); g.info['transparency']=3; g.save('trans.gif',transparency=3); g.save('trans.png',transparency=3)
im.quantize(64).save('plain.gif')
fr=[im.resize((20,20)),im.resize((20,20)).rotate(90)]
fr[0].save('anim.gif',save_all=True,append_images=fr[1:]); fr[0].save('anim.webp',save_all=True,append_images=fr[1:],lossless=True)
for m in ('1','L','P','RGB','RGBA'): (a if m=='RGBA' else im).convert(m).save(f'bmp{m}.bmp')
im.save('none.tif'); 
for c in ('tiff_lzw','tiff_adobe_deflate','packbits','jpeg'): im.save(c+'.tif',compression=c)
im.convert('L').save('grey.tif'); im.convert('1').save('g4.tif',compression='group4'); im.convert('CMYK').save('cmyk.tif',compression='tiff_lzw'); im.quantize(16).save('pal.tif'); a.save('rgba.tif')
c='convert-im6.q16'
def run(*x): 
  r=subprocess.run(x,capture_output=True,text=True)
  if r.returncode: print(x,r.stderr[:200])
run(c,'rgb.png','-depth','16','-evaluate','multiply','0.9','png48:rgb16.png'); run(c,'grey.png','-depth','16','-evaluate','multiply','0.9','-define','png:color-type=0','-define','png:bit-depth=16','grey16.png')
run(c,'rgb.png','-interlace','PNG','inter.png'); run(c,'rgba.png','-interlace','PNG','interalpha.png'); run(c,'grey.png','-depth','2','-define','png:bit-depth=2','-define','png:color-type=0','grey2.png')
run(c,'rgb.png','-colors','200','-compress','RLE','bmp3:rle8.bmp'); run(c,'rgb.png','-colors','14','bmp3:four.bmp')
run(c,'rgb.png','-define','tiff:endian=msb','msb.tif'); run(c,'rgb.png','-depth','16','-evaluate','multiply','0.9','rgb16.tif'); run(c,'rgb.png','-define','tiff:predictor=2','-compress','LZW','pred.tif')
run('tiffcp','-t','-w','16','-l','16','none.tif','tiled.tif'); run('tiffcp','-p','separate','none.tif','planar.tif'); run('tiffcp','-c','jpeg:r','-r','16','none.tif','jpegstrips.tif'); run('tiffcp','-c','jpeg','-r','16','none.tif','jpegycc.tif')
run(c,'grey.png','-depth','32','-define','quantum:format=floating-point','float.tif'); run(c,'rgb.png','-depth','32','-define','quantum:format=floating-point','floatrgb.tif')
run(c,'grey.png','-define','quantum:polarity=min-is-white','miniswhite.tif')
run('cwebp','-quiet','-lossless','rgb.png','-o','cwebp.webp')
