"""The version's metadata as an RO-Crate (Process Run Crate): who ran what, on which inputs, with which
results."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from reports.json_files import write_json

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
STATUS = {"done": "http://schema.org/CompletedActionStatus", "failed": "http://schema.org/FailedActionStatus"}


def write_crate(folder: Path, metadata: dict[str, Any]) -> None:
    """Write ``ro-crate-metadata.json`` for what a version's folder holds."""
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    crate.name = f"{metadata['report']} {metadata['version']}"
    crate.description = metadata["title"] or metadata["report"]
    crate.datePublished = metadata["created"]
    crate.license = "MIT"
    crate.root_dataset["version"] = metadata["version"]
    profile = crate.add(
        ContextEntity(
            crate,
            PROFILE,
            properties={"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        )
    )
    crate.root_dataset["conformsTo"] = profile
    software = [_software(crate, name, version) for name, version in metadata["environment"].items()]
    notebook = crate.add(
        ContextEntity(
            crate,
            "#notebook",
            properties={
                "@type": "SoftwareApplication",
                "name": metadata["notebook"],
                "version": metadata["parts"].get("notebook", "")[:12],
                "softwareRequirements": [{"@id": item.id} for item in software],
            },
        )
    )
    results = [_file(crate, folder, path) for path in sorted(folder.rglob("*")) if _is_result(path, folder)]
    action: dict[str, Any] = {
        "@type": "CreateAction",
        "name": metadata["command"],
        "instrument": {"@id": notebook.id},
        "endTime": metadata["created"],
        "actionStatus": {"@id": STATUS[metadata["status"]]},
        "object": [{"@id": item.id} for item in _inputs(crate, metadata) + _parameters(crate, metadata)],
        "result": [{"@id": item.id} for item in results],
    }
    if metadata["error"]:
        action["error"] = metadata["error"]["message"]
    run = crate.add(ContextEntity(crate, "#run", properties=action))
    crate.root_dataset["mentions"] = run
    write_json(folder / "ro-crate-metadata.json", crate.metadata.generate())


def _is_result(path: Path, folder: Path) -> bool:
    return path.is_file() and path.name != "ro-crate-metadata.json" and not path.name.startswith(".")


def _file(crate: Any, folder: Path, path: Path) -> Any:
    name = path.relative_to(folder).as_posix()
    properties = {"name": name, "encodingFormat": mimetypes.guess_type(name)[0] or "application/octet-stream"}
    return crate.add_file(dest_path=name, properties=properties)


def _inputs(crate: Any, metadata: dict[str, Any]) -> list[Any]:
    from rocrate.model.contextentity import ContextEntity

    return [
        crate.add(
            ContextEntity(
                crate,
                f"#input-{item['sha256'][:12]}-{i}",
                properties={
                    "@type": "CreativeWork",
                    "name": item["name"],
                    "sha256": item["sha256"],
                    "contentSize": str(item["size"]),
                    "description": (
                        f"{item['origin']} input, parameter {item['parameter']}; not copied into the crate"
                    ),
                },
            )
        )
        for i, item in enumerate(metadata["inputs"])
    ]


def _parameters(crate: Any, metadata: dict[str, Any]) -> list[Any]:
    from rocrate.model.contextentity import ContextEntity

    return [
        crate.add(
            ContextEntity(
                crate,
                f"#parameter-{item['name']}",
                properties={
                    "@type": "PropertyValue",
                    "name": item["name"],
                    "value": item["value"],
                    "description": item["help"],
                },
            )
        )
        for item in metadata["parameters"]
    ]


def _software(crate: Any, name: str, version: str) -> Any:
    from rocrate.model.contextentity import ContextEntity

    properties = {"@type": "SoftwareApplication", "name": name, "softwareVersion": version}
    return crate.add(ContextEntity(crate, f"#software-{name}", properties=properties))
