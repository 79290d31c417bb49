"""Calls that nothing answers: refused at once and written down; the provider tries moto's 500 again for minutes."""

import json
import sys
from typing import Any

from moto.core.responses import BaseResponse

_call = BaseResponse.call_action


def extend() -> None:
    """Put this in the place of moto's."""
    BaseResponse.call_action = call_action


def call_action(self: BaseResponse) -> Any:
    sys.stderr.write(f"{self.service_name} {self._get_action()}\n")
    try:
        return _call(self)
    except NotImplementedError as error:
        said = f"{self.service_name}: {error}"
        sys.stderr.write(f"GAP {said}\n")
        return 400, *_refusal(self, said)
    except Exception as error:
        sys.stderr.write(f"GAP {self.service_name} {self._get_action()}: {error!r}\n")
        raise


def _refusal(self: BaseResponse, said: str) -> tuple[dict[str, str], str]:
    if self.headers.get("X-Amz-Target") or self.headers.get("Content-Type", "").startswith("application/json"):
        kind = "UnsupportedOperationException"
        headers = {"x-amzn-errortype": kind, "content-type": "application/x-amz-json-1.1"}
        return headers, json.dumps({"__type": kind, "message": said})
    error = f"<Error><Type>Sender</Type><Code>UnsupportedOperation</Code><Message>{said}</Message></Error>"
    return {"content-type": "text/xml"}, f"<ErrorResponse>{error}<RequestId>none</RequestId></ErrorResponse>"
