"""Z85: keys as text (RFC 32). Four bytes become five printable characters, and back."""

from __future__ import annotations

_ALPHABET = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = (85**4, 85**3, 85**2, 85, 1)


def encode(rawbytes: bytes | bytearray | memoryview) -> bytes:
    """Bytes as text, in ASCII. Raises ValueError if they are not a multiple of four."""
    data = bytes(rawbytes)
    if len(data) % 4:
        raise ValueError(f"Z85 takes a multiple of 4 bytes, not {len(data)}")
    numbers = (int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4))
    return bytes(_ALPHABET[number // weight % 85] for number in numbers for weight in _WEIGHTS)


def decode(z85bytes: str | bytes | bytearray | memoryview) -> bytes:
    """Text as bytes. Raises ValueError if it is no Z85: a length that is no multiple of five, a character
    that does not belong, or a group that says more than four bytes can."""
    text = z85bytes.encode() if isinstance(z85bytes, str) else bytes(z85bytes)
    if len(text) % 5:
        raise ValueError(f"Z85 comes in groups of 5 characters, these are {len(text)}")
    out = bytearray()
    for at in range(0, len(text), 5):
        try:
            number = sum(_VALUES[character] * weight for character, weight in zip(text[at : at + 5], _WEIGHTS))
            out += number.to_bytes(4, "big")
        except (KeyError, OverflowError):
            raise ValueError(f"not Z85 from character {at} on") from None
    return bytes(out)
