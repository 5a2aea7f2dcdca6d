"""``circuitnn cache``."""

from __future__ import annotations

import time

import click

from circuitnn.equations import kernel_cache


@click.command()
@click.option("--clear", is_flag=True, help="Remove all kernels.")
def cache(clear: bool) -> None:
    """Show or clear the cache of kernels compiled at run time."""
    place = kernel_cache.folder()
    if clear:
        click.echo(f"{place}: {kernel_cache.clear()} kernels removed")
        return
    libraries = kernel_cache.libraries()
    size, most = sum(file_size for _, file_size, _ in libraries), kernel_cache.limit()
    click.echo(f"{place}: {len(libraries)} kernels, {size / 1048576:.1f} of at most {most / 1048576:g} MiB")
    for path, file_size, used in libraries:
        click.echo(
            f"  {path.name}  {file_size / 1024:7.1f} KiB  used {time.strftime('%Y-%m-%d %H:%M', time.localtime(used))}"
        )
