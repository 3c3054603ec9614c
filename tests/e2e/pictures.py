"""Pictures of the browser's for the README (python3-pil)."""
import io
import os
import re

from harness import ROOT


def own_colours(styles):
    """Those that a page has names for, however little of them there is."""
    with open(os.path.join(ROOT, styles), encoding="utf-8") as f:
        return [bytes.fromhex(digits)
                for digits in re.findall(r"#([0-9a-f]{6})", f.read())]


def write(png, path, styles, max_bytes):
    """Of few colours, so that it is small."""
    from PIL import Image
    image = Image.open(io.BytesIO(png)).convert("RGB")
    common = sorted(image.getcolors(1 << 24), reverse=True)
    colours = [*own_colours(styles), *(colour for _, colour in common)][:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(
        path, optimize=True)
    assert os.path.getsize(path) < max_bytes
