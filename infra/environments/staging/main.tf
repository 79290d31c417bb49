provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "oh-my-coins"
      Environment = "staging"
      ManagedBy   = "terraform"
    }
  }
}

module "stack" {
  source = "../../modules/stack"

  name               = "${var.prefix}-staging"
  secret_prefix      = "${var.prefix}-staging"
  availability_zones = ["${var.region}a", "${var.region}b"]
  cidr               = "10.41.0.0/16"

  public_host     = var.public_host
  certificate_arn = var.certificate_arn
  image           = var.image
  alarm_email     = var.alarm_email
  contact         = var.contact
  model           = var.model
  allowed_cidrs   = var.allowed_cidrs

  durable            = false
  database_class     = "db.t4g.small"
  cache_node_type    = "cache.t4g.micro"
  chat_min           = 1
  chat_max           = 3
  chat_cpu           = 512
  chat_memory        = 1024
  spot_weight        = 3
  backup_days        = 7
  log_retention_days = 90
}
