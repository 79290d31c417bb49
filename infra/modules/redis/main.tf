resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

# Run streams must not be thrown away under pressure: writes fail and an alarm rings instead.
resource "aws_elasticache_parameter_group" "this" {
  name        = "${var.name}-redis7"
  family      = "redis7"
  description = "No eviction"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV2_AWS_50:a replica to fail over to is a choice of the environment; production has one
  #checkov:skip=CKV_AWS_31:the auth token is set by infra/scripts/rotate-redis-token.sh, since Terraform would keep it in its state
  replication_group_id = var.name
  description          = "${var.name}: run streams and rate limits"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.node_type
  num_cache_clusters   = var.nodes
  port                 = 6379

  automatic_failover_enabled = var.nodes > 1
  multi_az_enabled           = var.nodes > 1

  subnet_group_name    = aws_elasticache_subnet_group.this.name
  security_group_ids   = [var.security_group_id]
  parameter_group_name = aws_elasticache_parameter_group.this.name

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"

  snapshot_retention_limit = var.snapshot_days
  snapshot_window          = "14:00-15:00"
  maintenance_window       = "sun:17:30-sun:18:30"
  apply_immediately        = false

  lifecycle {
    ignore_changes = [auth_token, auth_token_update_strategy]
  }
}
