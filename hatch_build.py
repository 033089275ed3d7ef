"""Build hook: puts the compiled gettext catalogues, which are not kept in git, into the wheel."""

import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return  # a checkout gets its .mo from run.py, and reads the .po until then
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("catalogue", root / "tools" / "catalogue.py")
        assert spec is not None
        assert spec.loader is not None
        catalogue = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(catalogue)

        self._folder = Path(tempfile.mkdtemp(prefix="zuji-build-"))
        for language in catalogue.LANGUAGES:
            po = catalogue.catalogue_path(root / "src" / "zuji", language)
            mo = self._folder / f"{language}.mo"
            mo.write_bytes(catalogue.compiled(po.read_bytes(), language))
            inside = po.with_suffix(".mo").relative_to(root / "src")
            build_data["force_include"][str(mo)] = inside.as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_folder"):
            shutil.rmtree(self._folder, ignore_errors=True)
