"""Runs inside images: demuxes and decodes a small file through FFmpeg's libraries below $PREFIX.

There is no program to ask. Beside calls only the first fields of AVFrame are used, which are the
same in FFmpeg 4 to 8: data, linesize, extended_data, width and height.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from ctypes import POINTER, byref, c_char_p, c_int, c_uint8, c_void_p
from pathlib import Path

WIDTH, HEIGHT, FRAMES = 64, 48, 3


class Frame(ctypes.Structure):
    """The beginning of AVFrame."""

    _fields_ = (
        ("data", POINTER(c_uint8) * 8),
        ("linesize", c_int * 8),
        ("extended_data", c_void_p),
        ("width", c_int),
        ("height", c_int),
    )


def library(name: str) -> ctypes.CDLL:
    """One of the libraries, exactly the one below the prefix."""
    return ctypes.CDLL(f"{os.environ['PREFIX']}/lib/lib{name}.so")


def good(result: int, what: str) -> int:
    """The result of a call, or the end of the program."""
    if result < 0:
        raise SystemExit(f"{what} failed: {result}")
    return result


def main() -> None:
    """Decode a stream of three PPM images, each of one colour."""
    avutil, avcodec, avformat = library("avutil"), library("avcodec"), library("avformat")
    for function in (avcodec.avcodec_alloc_context3, avcodec.av_packet_alloc):
        function.restype = c_void_p
    avutil.av_frame_alloc.restype = POINTER(Frame)
    images = [
        b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes((50 * n, 7, 9)) * (WIDTH * HEIGHT)
        for n in range(FRAMES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.ppm"
        path.write_bytes(b"".join(images))
        avformat.av_find_input_format.restype = c_void_p
        demuxer = c_void_p(avformat.av_find_input_format(c_char_p(b"ppm_pipe")))
        file = c_void_p()
        name = c_char_p(os.fsencode(path))
        good(avformat.avformat_open_input(byref(file), name, demuxer, None), "opening the file")
        good(avformat.avformat_find_stream_info(file, None), "reading the streams")
        decoder = c_void_p()
        good(avformat.av_find_best_stream(file, 0, -1, -1, byref(decoder), 0), "finding a stream")
        context = c_void_p(avcodec.avcodec_alloc_context3(decoder))
        good(avcodec.avcodec_open2(context, decoder, None), "opening the decoder")
        packet, frame = c_void_p(avcodec.av_packet_alloc()), avutil.av_frame_alloc()
        reds: list[int] = []
        size = (0, 0)
        while True:
            more = avformat.av_read_frame(file, packet) >= 0
            # Without a packet the decoder is told that there will be no more.
            good(avcodec.avcodec_send_packet(context, packet if more else None), "sending a packet")
            while avcodec.avcodec_receive_frame(context, frame) >= 0:
                reds.append(int(frame.contents.data[0][0]))
                size = (frame.contents.width, frame.contents.height)
            avcodec.av_packet_unref(packet)
            if not more:
                break
    if reds != [50 * n for n in range(FRAMES)]:
        raise SystemExit(f"wrong pixels: {reds}")
    print(f"decoded {len(reds)} frames of {size[0]}x{size[1]}")  # noqa: T201


if __name__ == "__main__":
    main()
