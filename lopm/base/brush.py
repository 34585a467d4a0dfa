"""Label Studio's brush masks: run lengths of RGBA values, row by row, packed bit by bit (thi.ng's rle-pack).

Head: number of values (32 bits), bits of a value - 1 (5), four widths - 1 (4 each). Then blocks: repeated or not (1),
which width (2), length - 1 (that width), and one value or that many. A pixel is inside where its alpha is not 0.
Specification: https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack
"""
import numpy as np

from lopm.base.source import SourceError

HEAD = 32 + 5 + 4 * 4
LENGTH, VALUE = 16, 8  # bits in the blocks that are written
LONGEST = 1 << LENGTH


def decode(rle, width, height):
    """Mask ``[height, width]`` of 0 and 1 from the list of bytes."""
    try:
        unpacked = np.unpackbits(np.frombuffer(bytes(rle), np.uint8))
    except (TypeError, ValueError):
        raise SourceError('the brush mask is no list of bytes; export raw JSON again') from None
    if len(unpacked) < HEAD:
        raise SourceError('the brush mask is cut off; export raw JSON again')
    bits = ''.join(map(str, unpacked.tolist()))
    count, word = int(bits[:32], 2), int(bits[32:37], 2) + 1
    widths = [int(bits[i:i + 4], 2) + 1 for i in range(37, HEAD, 4)]
    if count != width * height * 4:
        raise SourceError(f'the brush mask has {count} values, the photograph of {width} x {height} wants '
                          f'{width * height * 4}; use the photograph that was annotated')
    out, filled, at = np.zeros(count, np.uint8), 0, HEAD
    while filled < count:
        size = widths[int(bits[at + 1:at + 3] or '0', 2)]
        length = int(bits[at + 3:at + 3 + size] or '0', 2) + 1
        repeated, start = bits[at:at + 1] == '1', at + 3 + size
        at = start + word * (1 if repeated else length)
        if at > len(bits):
            raise SourceError(f'the brush mask ends after {filled} of {count} values; export it again')
        values = unpacked[start:at].reshape(-1, word) @ (1 << np.arange(word)[::-1])
        out[filled:filled + length] = values
        filled += length
    return (out[3::4].reshape(height, width) > 0).astype(np.uint8)


def encode(pixels):
    """The list of bytes from a mask ``[H, W]``; all four channels are 255 inside. Runs are split at 65,536 values."""
    values = np.repeat((np.asarray(pixels).ravel() > 0).astype(np.uint8) * 255, 4)
    starts = np.flatnonzero(np.diff(values, prepend=values[0] ^ 255))
    runs = np.diff(starts, append=len(values))
    blocks = -(-runs // LONGEST)
    lengths = np.full(blocks.sum(), LONGEST)
    lengths[blocks.cumsum() - 1] = runs - (blocks - 1) * LONGEST
    fields = [(np.ones_like(lengths), 1), (np.zeros_like(lengths), 2), (lengths - 1, LENGTH),
              (values[starts].repeat(blocks), VALUE)]
    head = [(len(values), 32), (VALUE - 1, 5), *[(LENGTH - 1, 4)] * 4]
    bits = np.concatenate([_bits(number, width) for number, width in head]
                          + [np.concatenate([_bits(numbers, width) for numbers, width in fields], -1).ravel()])
    return np.packbits(bits).tolist()


def _bits(numbers, width):
    """The bits of numbers ``[...]``, highest first: uint8 ``[..., width]``."""
    return (np.asarray(numbers, np.int64)[..., None] >> np.arange(width)[::-1] & 1).astype(np.uint8)
