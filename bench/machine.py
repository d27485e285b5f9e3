"""What the figures were measured on, and what the nodes cost it: conditions, memory with children, disk."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

LIBRARIES = ("fastapi", "uvicorn", "uvloop", "httptools", "msgpack", "PyNaCl", "plyvel", "plyvel-next")


def conditions() -> dict[str, str]:
    """The machine and the programs, for whoever compares figures."""
    versions = ", ".join(f"{name} {found}" for name in LIBRARIES if (found := _version(name)))
    return {
        "processor": f"{_processor()}, {os.cpu_count()} logical CPUs",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": versions,
        "load before": " ".join(f"{each:.2f}" for each in os.getloadavg()),
    }


def peak_memory_bytes(pid: int) -> int:
    """The highest resident memory of a process so far, and of its children that live, together."""
    total = 0
    for each in (pid, *_children(pid)):
        status = Path(f"/proc/{each}/status")
        if status.exists():
            peak = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
            total += int(peak.split()[1]) * 1024
    return total


def disk_bytes(folder: Path) -> int:
    """What the files below a folder take."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
