"""Label Studio's brush masks: run lengths of RGBA values, row by row, packed bit by bit (thi.ng's rle-pack).

Head: number of values (32 bits), bits of a value - 1 (5), four widths - 1 (4 each). Then blocks: repeated or not (1),
which width (2), length - 1 (that width), and one value or that many. A pixel is inside where its alpha is not 0.
Specification: https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack
"""
import numpy as np

from lopm.curation.source import SourceError

HEAD = 32 + 5 + 4 * 4
LENGTH, VALUE = 16, 8  # bits in the blocks that are written
LONGEST = 1 << LENGTH


def decode(rle, width, height):
    """Mask ``[height, width]`` of 0 and 1 from the list of bytes."""
    try:
        data = bytes(rle) if isinstance(rle, list) else b''
    except (TypeError, ValueError):
        data = b''
    if not data:
        raise SourceError('the brush mask is no list of bytes; export raw JSON again')
    bits = _Bits(data)
    if bits.length < HEAD:
        raise SourceError('the brush mask is cut off; export raw JSON again')
    count, word = bits.take(32), bits.take(5) + 1
    widths = [bits.take(4) + 1 for _ in range(4)]
    if count != width * height * 4:
        raise SourceError(f'the brush mask has {count} values, the photograph of {width} x {height} wants '
                          f'{width * height * 4}; use the photograph that was annotated')
    out, filled = np.zeros(count, np.uint8), 0
    while filled < count:
        repeated, size = bits.take(1), widths[bits.take(2)]
        length = bits.take(size) + 1
        values = bits.take_many(1 if repeated else length, word)
        if values is None:
            raise SourceError(f'the brush mask ends after {filled} of {count} values; export it again')
        out[filled:filled + length] = values[:count - filled]
        filled += length
    return (out[3::4].reshape(height, width) > 0).astype(np.uint8)


class _Bits:
    """Numbers read one after another from bytes, bit by bit; behind the end all bits are 0."""

    def __init__(self, data):
        self.data, self.at, self.length = data, 0, 8 * len(data)

    def take(self, width):
        """The next number, of so many bits."""
        first, end = self.at // 8, (self.at + width + 7) // 8
        chunk = int.from_bytes(self.data[first:end].ljust(end - first, b'\0'))
        self.at += width
        return chunk >> (8 * end - self.at) & ((1 << width) - 1)

    def take_many(self, number, width):
        """The next ``number`` numbers of so many bits, as an array; None if they are not all there."""
        first, skipped, end = self.at // 8, self.at % 8, self.at + number * width
        if end > self.length:
            return None
        bits = np.unpackbits(np.frombuffer(self.data[first:(end + 7) // 8], np.uint8))[skipped:]
        self.at = end
        return bits[:number * width].reshape(-1, width) @ (1 << np.arange(width)[::-1])


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
