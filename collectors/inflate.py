"""Decompression in bounded memory: a bomb is noticed at its ceiling, not after it has gone off."""

import zlib

STEP = 64 * 1024
SUSPECT_FROM = 256 * 1024
MOST_FOLD = 100  # text of feeds inflates ten- to thirtyfold, a bomb a thousandfold


class TooLarge(Exception):
    """The body outgrew its ceiling."""


class Truncated(Exception):
    """The body ended before its compressed stream did."""


class Inflater:
    """Collects a body chunk by chunk, decompressing as it goes."""

    def __init__(self, encoding: str, ceiling: int) -> None:
        """Take an identity, gzip or deflate stream of at most `ceiling` decompressed bytes."""
        self.ceiling = ceiling
        self.body = bytearray()
        self.plain = encoding == "identity"
        self.stream = zlib.decompressobj(wbits=47)  # 47: gzip or zlib, by its header
        self.started = False
        self.consumed = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk from the wire; TooLarge at the ceiling, Truncated where it is no such stream."""
        if self.plain:
            self.add(chunk)
            return
        self.started = self.started or bool(chunk)
        while chunk:
            try:
                data = self.stream.decompress(chunk, STEP)
            except zlib.error as error:
                raise Truncated(str(error)) from error
            self.consumed += len(chunk) - len(self.stream.unconsumed_tail)
            chunk = self.stream.unconsumed_tail
            self.add(data)
            if len(self.body) > max(SUSPECT_FROM, MOST_FOLD * self.consumed):
                raise TooLarge(f"a reply that inflates more than {MOST_FOLD}-fold")

    def add(self, data: bytes) -> None:
        """Keep decompressed bytes, up to the ceiling."""
        if len(self.body) + len(data) > self.ceiling:
            raise TooLarge(f"a reply of more than {self.ceiling} bytes")
        self.body += data

    def finish(self) -> bytes:
        """The whole body; Truncated where the compressed stream has not ended."""
        if self.started and not self.stream.eof:
            raise Truncated("the compressed stream has no end")
        return bytes(self.body)
