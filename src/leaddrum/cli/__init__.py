"""The command line. Every command takes `--data DIR`; errors are one line on stderr.

Exit codes: 0 well; 1 something is wrong or refused; 2 the command was not understood; 3 it could not start here
(folder, port, database, setting, schema); 70 a fault of the program.
"""

from __future__ import annotations

import logging
import sys

import click

from leaddrum.cli import companies, figures, leads, portals, running
from leaddrum.cli.frame import cli
from leaddrum.demo import command as demo
from leaddrum.start import CannotStartError, in_words

__all__ = ["cli", "companies", "figures", "leads", "main", "portals", "running"]

CANNOT_START, FAULT = 3, 70

cli.add_command(demo)


def main() -> None:
    """Run the command of `sys.argv` and leave with its exit code."""
    try:
        code = cli.main(standalone_mode=False)  # click catches its own `Exit` and returns the code
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, e.g. `| head`
        sys.exit(0)
    except CannotStartError as error:
        _leave(str(error), CANNOT_START)
    except Exception as error:
        words = in_words(error)
        if words is not None:
            _leave(words, CANNOT_START)
        logging.getLogger("leaddrum").debug("fault", exc_info=error)
        _leave(f"{type(error).__name__}: {error}. This is a fault of LeadDrum; LEADDRUM_LOG=debug shows more.", FAULT)


def _leave(words: str, code: int) -> None:
    click.echo(f"leaddrum: {words}", err=True)
    sys.exit(code)
