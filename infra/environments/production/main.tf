provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "oh-my-coins"
      Environment = "production"
      ManagedBy   = "terraform"
    }
  }
}

module "stack" {
  source = "../../modules/stack"

  name               = "${var.prefix}-production"
  secret_prefix      = var.prefix
  availability_zones = ["${var.region}a", "${var.region}b", "${var.region}c"]
  cidr               = "10.40.0.0/16"

  public_host     = var.public_host
  certificate_arn = var.certificate_arn
  image           = var.image
  alarm_email     = var.alarm_email
  contact         = var.contact
  model           = var.model
  allowed_cidrs   = var.allowed_cidrs

  durable            = true
  database_class     = "db.m7g.large"
  cache_node_type    = "cache.t4g.medium"
  chat_min           = 2
  chat_max           = 8
  chat_cpu           = 1024
  chat_memory        = 2048
  spot_weight        = 0
  backup_days        = 30
  log_retention_days = 365
}
