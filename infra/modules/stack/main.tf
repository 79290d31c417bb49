data "aws_region" "current" {}

module "secrets" {
  source = "../secrets"

  name                 = var.name
  secret_prefix        = var.secret_prefix
  recovery_window_days = 30
  collector_keys       = local.collector_keys
}

module "vpc" {
  source = "../vpc"

  name               = var.name
  cidr               = var.cidr
  availability_zones = var.availability_zones
  nat_per_zone       = var.durable
  log_retention_days = var.log_retention_days
  kms_key_arn        = module.secrets.kms_key_arn
}

module "security" {
  source = "../security"

  name          = var.name
  vpc_id        = module.vpc.vpc_id
  allowed_cidrs = var.allowed_cidrs
}

module "storage" {
  source = "../storage"

  name          = var.name
  kms_key_arn   = module.secrets.kms_key_arn
  force_destroy = !var.durable
}

module "ecr" {
  source = "../ecr"

  name          = var.name
  kms_key_arn   = module.secrets.kms_key_arn
  force_destroy = !var.durable
}

module "iam" {
  source = "../iam"

  name                 = var.name
  kms_key_arn          = module.secrets.kms_key_arn
  repository_arn       = module.ecr.repository_arn
  artifacts_bucket_arn = module.storage.artifacts_bucket_arn
  log_group_arns       = module.monitoring.log_group_arns
  secret_arns = concat(
    [for name in ["app/auth_secret", "app/new_user_password", "openai/api_key", "redis/connection_string", "collector/keys"] : module.secrets.arns[name]],
    [module.rds.master_secret_arn],
  )
}

module "rds" {
  source = "../rds"

  name                = var.name
  kms_key_arn         = module.secrets.kms_key_arn
  subnet_ids          = module.vpc.data_subnet_ids
  security_group_id   = module.security.database_security_group_id
  instance_class      = var.database_class
  multi_az            = var.durable
  deletion_protection = var.durable
  backup_days         = var.backup_days
  monitoring_role_arn = module.iam.rds_monitoring_role_arn
  log_retention_days  = var.log_retention_days
  rotation_hour_utc   = local.rotation_hour_utc
}

module "redis" {
  source = "../redis"

  name              = var.name
  kms_key_arn       = module.secrets.kms_key_arn
  subnet_ids        = module.vpc.data_subnet_ids
  security_group_id = module.security.cache_security_group_id
  node_type         = var.cache_node_type
  nodes             = var.durable ? 2 : 1
}

module "alb" {
  source = "../alb"

  name                = var.name
  vpc_id              = module.vpc.vpc_id
  subnet_ids          = module.vpc.public_subnet_ids
  security_group_id   = module.security.alb_security_group_id
  certificate_arn     = var.certificate_arn
  logs_bucket         = module.storage.logs_bucket
  deletion_protection = var.durable
}

module "monitoring" {
  source = "../monitoring"

  name                    = var.name
  kms_key_arn             = module.secrets.kms_key_arn
  alarm_email             = var.alarm_email
  log_retention_days      = var.log_retention_days
  chat_min                = var.chat_min
  alb_arn_suffix          = module.alb.arn_suffix
  target_group_arn_suffix = module.alb.target_group_arn_suffix
  database_identifier     = var.name
  cache_ids               = module.redis.member_ids
}

locals {
  database_url = "postgresql://${module.rds.address}:${module.rds.port}/${module.rds.database}?sslmode=require"

  environment = {
    OMC_HOME             = "/var/lib/omc"
    OMC_MODE             = "live"
    OMC_HOST             = "0.0.0.0"
    OMC_POSTGRES_URL     = local.database_url
    OMC_PUBLIC_URL       = "https://${var.public_host}"
    OMC_ARTIFACTS_BUCKET = module.storage.artifacts_bucket
    OMC_CONTACT          = var.contact
    OMC_METRICS          = "emf:${var.name}"
    OMC_LOG_FORMAT       = "json"
    AWS_REGION           = data.aws_region.current.name
    OMC_MODEL            = var.model
  }

  collector_keys = [
    "coingecko_key", "cryptopanic_key", "nansen_key", "quality_webhook", "reddit_client_id", "reddit_client_secret",
  ]

  # libpq reads user and password from PGUSER and PGPASSWORD, so RDS can rotate them without a URL of ours.
  services = {
    PGUSER        = "${module.rds.master_secret_arn}:username::"
    PGPASSWORD    = "${module.rds.master_secret_arn}:password::"
    OMC_REDIS_URL = module.secrets.arns["redis/connection_string"]
  }

  secrets = {
    chat = merge(local.services, {
      OMC_AUTH_SECRET = module.secrets.arns["app/auth_secret"]
      OPENAI_API_KEY  = module.secrets.arns["openai/api_key"]
    })
    collector = merge(local.services, {
      for key in local.collector_keys : "OMC_${upper(key)}" => "${module.secrets.arns["collector/keys"]}:${key}::"
    })
    migrate = merge(local.services, { NEW_USER_PASSWORD = module.secrets.arns["app/new_user_password"] })
  }

  rotation_hour_utc = 18
}

module "ecs" {
  source = "../ecs"

  name                     = var.name
  image                    = var.image
  subnet_ids               = module.vpc.private_subnet_ids
  chat_security_group_id   = module.security.chat_security_group_id
  worker_security_group_id = module.security.worker_security_group_id
  target_group_arn         = module.alb.target_group_arn
  execution_role_arn       = module.iam.execution_role_arn
  task_role_arn            = module.iam.task_role_arn
  log_groups               = module.monitoring.log_groups
  environment              = local.environment
  secrets                  = local.secrets
  chat_min                 = var.chat_min
  chat_max                 = var.chat_max
  chat_cpu                 = var.chat_cpu
  chat_memory              = var.chat_memory
  spot_weight              = var.spot_weight
  restart_role_arn         = module.iam.restart_role_arn
  # RDS rotates in the hour that follows; it mostly does at its start.
  restart_schedule = "cron(15 ${local.rotation_hour_utc},${local.rotation_hour_utc + 1} ? * SUN *)"

  # The listener must exist before a service registers with its target group.
  depends_on = [module.alb]
}

# Where the parts are and who keeps the password: what a person needs to connect, without the password itself.
resource "aws_secretsmanager_secret" "database" {
  #checkov:skip=CKV2_AWS_57:holds no password; RDS rotates its own secret, which is named in here
  name                    = "${var.secret_prefix}/database/credentials"
  description             = "Where the database is and which secret of RDS's holds user and password"
  kms_key_id              = module.secrets.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id = aws_secretsmanager_secret.database.id
  secret_string_wo = jsonencode({
    engine            = "postgres"
    host              = module.rds.address
    port              = module.rds.port
    dbname            = module.rds.database
    master_secret_arn = module.rds.master_secret_arn
  })
  secret_string_wo_version = 1
}
