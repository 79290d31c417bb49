mock_provider "aws" {}

variables {
  name              = "omc-test"
  kms_key_arn       = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
}

run "one_node_needs_no_failover" {
  assert {
    condition     = !aws_elasticache_replication_group.this.automatic_failover_enabled && output.member_ids == ["omc-test-001"]
    error_message = "One node cannot fail over."
  }
}

run "with_a_replica_it_fails_over_across_zones" {
  variables {
    nodes = 2
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "Two nodes must fail over."
  }
}

run "nothing_travels_or_rests_in_the_clear_and_nothing_is_evicted" {
  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_mode == "required" && aws_elasticache_replication_group.this.at_rest_encryption_enabled
    error_message = "TLS must be required and the disk encrypted."
  }

  assert {
    condition     = contains([for parameter in aws_elasticache_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "maxmemory-policy=noeviction")
    error_message = "Run streams must not be evicted."
  }
}

run "no_node_is_refused" {
  command = plan

  variables {
    nodes = 0
  }

  expect_failures = [var.nodes]
}
