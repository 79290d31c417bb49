data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.name

  # Put in by a person, once, with infra/scripts/put-secret.sh: never in a variable, a plan or a state.
  provided = {
    "openai/api_key"          = "Key of the model provider"
    "redis/connection_string" = "rediss:// URL with the auth token; set by infra/scripts/rotate-redis-token.sh"
    "app/new_user_password"   = "Password of the person that infra/scripts/add-user.sh adds; empty before and after"
    "collector/keys"          = "Keys of the feeds and of alerts as JSON; what is empty is switched off"
  }

  # A secret without a value keeps tasks from starting, and Secrets Manager takes no empty one.
  unset = {
    "openai/api_key"          = " "
    "redis/connection_string" = " "
    "app/new_user_password"   = " "
    "collector/keys"          = jsonencode({ for key in var.collector_keys : key => "" })
  }

  # Drawn here, written without ever entering the state.
  generated = {
    "app/auth_secret"    = "Signs the chat's session cookies; the same on every replica"
    "app/encryption_key" = "Encrypts the users' exchange keys at rest"
  }
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:a key policy's resource is the key itself
  #checkov:skip=CKV_AWS_111:a key policy's resource is the key itself
  #checkov:skip=CKV_AWS_356:a key policy's resource is the key itself
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        for group in ["/${var.name}/*", "/aws/rds/instance/${var.name}/*", "/aws/ecs/containerinsights/${var.name}/*"] :
        "arn:${data.aws_partition.current.partition}:logs:${local.region}:${local.account}:log-group:${group}"
      ]
    }
  }

  # Without this an alarm on an encrypted topic fails in silence.
  statement {
    sid       = "AlarmsToEncryptedTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "${var.name}: secrets, data, logs and alarms"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_secretsmanager_secret" "provided" {
  #checkov:skip=CKV2_AWS_57:keys of outside providers are rotated at the provider, see docs/secrets.md
  for_each = local.provided

  name                    = "${var.secret_prefix}/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.recovery_window_days
}

resource "aws_secretsmanager_secret" "generated" {
  #checkov:skip=CKV2_AWS_57:rotated by raising generated_version, see docs/secrets.md; the encryption key must not rotate by itself
  for_each = local.generated

  name                    = "${var.secret_prefix}/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.recovery_window_days
}

ephemeral "aws_secretsmanager_random_password" "generated" {
  for_each = local.generated

  password_length     = 48
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "generated" {
  for_each = local.generated

  secret_id                = aws_secretsmanager_secret.generated[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.generated[each.key].random_password
  secret_string_wo_version = var.generated_version
}

resource "aws_secretsmanager_secret_version" "provided" {
  for_each = local.provided

  secret_id                = aws_secretsmanager_secret.provided[each.key].id
  secret_string_wo         = local.unset[each.key]
  secret_string_wo_version = 1
}
