"""Files of a sort that people name without an ending: temporary ones, pictures, logs."""

from __future__ import annotations

import re

SORTS_OF_FILES = {
    name: (re.compile(said, re.I), re.compile(path, re.I))
    for name, said, path in (
        ("temporary", r"\b(?:temporary|temp|tmp) files?\b|临时文件", r"te?mp[^/]*$|~$|\.(?:sw[op]|part|cache)$|/\.?#[^/]*$"),
        ("backup", r"\bbackup files?\b|\bbackups\b|备份文件", r"\.(?:bak|old|orig|backup|save)\d*$|~$|backup[^/]*$"),
        ("log", r"\blog ?files?\b|\blogs\b|日志", r"\.log\b[^/]*$|log[^/]*$|/logs?/[^/]*$"),
        ("image", r"\b(?:images?|pictures?|photos?)\b|图片|照片|图像", r"\.(?:jpe?g|png|gif|bmp|webp|tiff?|svg|heic|ico)$"),
        ("video", r"\b(?:videos?|movies?)\b|视频|电影", r"\.(?:mp4|mkv|avi|mov|webm|flv|wmv|m4v)$"),
        ("archive", r"\b(?:archives|archive files)\b|压缩包|归档文件", r"\.(?:tar|gz|tgz|zip|bz2|xz|7z|rar|zst)$"),
    )
}
"""What people call files of a sort, and how the paths of such files look."""


def sorts(request: str) -> list[tuple[str, re.Match[str]]]:
    """The sort of files that a request speaks of, with its words; of several nothing can be said."""
    found = [(name, match) for name, (said, _path) in SORTS_OF_FILES.items() if (match := said.search(request))]
    return found if len(found) == 1 else []
