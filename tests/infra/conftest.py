"""Terraform, and a simulated AWS for it: nothing here talks to a real one."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-infra" / "bin"
REGION = "ap-southeast-2"
BOOTSTRAP_VARIABLES = {"repository": "example/oh-my-coins"}
VARIABLES = {
    "public_host": "coins.example.com",
    "image": "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/omc-staging:v1",
    "alarm_email": "operations@example.com",
    "contact": "Example Pty Ltd operations@example.com",
}
APPLY = ("apply", "-no-color", "-auto-approve", "-parallelism=30")
# A call that the simulation lacks then fails in seconds, where the provider's default is to try for ten minutes.
OVERRIDE = 'provider "aws" {\n  max_retries = 1\n}\n'


@dataclass(frozen=True)
class Simulation:
    """The simulated AWS and how to reach it."""

    url: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes Terraform, the AWS CLI and boto3 talk to the simulation, and to nothing else."""
        return {
            "PATH": f"{TOOLS}:{os.environ['PATH']}",
            "HOME": str(self.log.parent),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            **TERRAFORM_QUIET,
        }

    def client(self, service: str, **keys: str) -> Any:
        """A boto3 client of the simulation."""
        keys = keys or {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name=REGION, endpoint_url=self.url, **keys)


TERRAFORM_QUIET = {
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "TF_CLI_CONFIG_FILE": os.devnull,
}


@dataclass(frozen=True)
class Terraform:
    """One root module, in a copy of infra/ of its own."""

    folder: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str, expect: int = 0) -> str:
        """Run Terraform; its output, where it exits as expected."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
        assert done.returncode == expect, f"terraform {' '.join(arguments)} exited with {done.returncode}\n{said}"
        return done.stdout

    def plan(self, name: str) -> dict[str, Any]:
        """What it would do, as Terraform's JSON."""
        self("plan", "-no-color", f"-out={name}", "-lock=false")
        shown: dict[str, Any] = json.loads(self("show", "-json", name))
        return shown


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The provider, on this machine: scripts/infra-test says where, or why not."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    if not os.environ.get("TF_PLUGIN_DIR"):
        pytest.skip(
            "no mirror of hashicorp/aws: set TF_PLUGIN_DIR to a folder with registry.terraform.io/hashicorp/aws"
        )
    return Path(os.environ["TF_PLUGIN_DIR"])


@pytest.fixture(scope="session")
def copied(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, dict[str, str]], Terraform]:
    """Makes a Terraform for a folder of infra/, in a copy: nothing is left in the working tree."""

    def copy(folder: str, environment: dict[str, str]) -> Terraform:
        place = tmp_path_factory.mktemp(folder.replace("/", "-")) / "infra"
        shutil.copytree(ROOT / "infra", place, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        return Terraform(place / folder, environment)

    return copy


@pytest.fixture(scope="session")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """A simulated AWS for the session; its log is looked through at the end."""
    python = TOOLS / "python"
    if not python.exists():
        pytest.skip("the simulation's packages are not installed: scripts/infra-test installs them")
    log = tmp_path_factory.mktemp("simulation") / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [python, "-W", "ignore", ROOT / "tests/infra/simulator"],
            env=os.environ | {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},  # AWS's own, as in every account
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        )
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), log.read_text()
            yield Simulation(url, log)
        finally:
            process.terminate()
            process.wait(10)
            process.stdout.close()


@pytest.fixture(scope="session")
def bootstrap(simulation: Simulation, copied: Any, mirror: Path) -> Terraform:
    """The account as far as an environment needs it to begin: the state bucket. The rest comes beside staging."""
    terraform: Terraform = copied("bootstrap", simulation.environment | variables(BOOTSTRAP_VARIABLES))
    (terraform.folder / "test_override.tf").write_text(OVERRIDE)
    terraform("init", "-no-color", f"-plugin-dir={mirror}")
    terraform(*APPLY, "-target=aws_s3_bucket.state")
    return terraform


@pytest.fixture(scope="session")
def environment(simulation: Simulation, copied: Any, bootstrap: Terraform, mirror: Path) -> Callable[[str], Terraform]:
    """Makes an environment ready to plan: its state in the bucket, its certificate issued."""
    bucket = json.loads(bootstrap("output", "-json"))["state_bucket"]["value"]
    certificate = simulation.client("acm").request_certificate(DomainName=VARIABLES["public_host"])["CertificateArn"]

    def ready(name: str) -> Terraform:
        given = VARIABLES | {"certificate_arn": certificate}
        terraform: Terraform = copied(f"environments/{name}", simulation.environment | variables(given))
        (terraform.folder / "test_override.tf").write_text(OVERRIDE)
        where = (f"-backend-config=bucket={bucket}", f"-backend-config=region={REGION}")
        terraform("init", "-no-color", f"-plugin-dir={mirror}", *where)
        return terraform

    return ready


@pytest.fixture(scope="session")
def staging(environment: Callable[[str], Terraform], bootstrap: Terraform) -> Terraform:
    """Staging, applied to the simulation, and the rest of the account; both mostly wait."""
    terraform = environment("staging")
    with ThreadPoolExecutor() as pool:
        for applied in [pool.submit(root, *APPLY) for root in (terraform, bootstrap)]:
            applied.result()
    return terraform


def variables(values: dict[str, str]) -> dict[str, str]:
    """Terraform's variables as environment variables."""
    return {f"TF_VAR_{name}": value for name, value in values.items()}
