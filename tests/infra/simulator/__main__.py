"""A simulated AWS: moto's server, with what Terraform's provider and the deploy script need besides.

Control plane only: no container, database or load balancer runs behind it. Takes any free port, prints its address as
the first line, and writes a line with GAP for every call that nothing here answers.
"""

import sys

import elastic_containers
import elasticache
import gaps
import permissions
import smaller
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

for part in (elasticache, elastic_containers, permissions, smaller, gaps):
    part.extend()

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
