"""How lib0, under Yjs, spells whole numbers and blocks of bytes. Pure."""


class Malformed(ValueError):
    """Bytes that are cut, that go on after their end, or that say what they may not."""


def varuint(number: int) -> bytes:
    """Return a whole number in groups of seven bits, the lowest first."""
    spelled = bytearray()
    while number > 127:
        spelled.append(0x80 | number & 127)
        number >>= 7
    spelled.append(number)
    return bytes(spelled)


def spelled(data: bytes) -> bytes:
    """Return bytes after their length."""
    return varuint(len(data)) + data


def number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, below 2^53 as JavaScript counts, and where it ends. Raises Malformed."""
    found = 0
    for shift in range(0, 56, 7):
        if at >= len(data):
            break
        byte, at = data[at], at + 1
        found |= (byte & 127) << shift
        if byte < 128 and found < 1 << 53:
            return found, at
    raise Malformed


def block(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the bytes that begin at a place by their length, and where they end. Raises Malformed."""
    size, at = number(data, at)
    if at + size > len(data):
        raise Malformed
    return data[at : at + size], at + size
