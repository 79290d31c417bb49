# Bucket and region are given at init: terraform init -backend-config=bucket=… -backend-config=region=…
terraform {
  backend "s3" {
    key          = "production/terraform.tfstate"
    use_lockfile = true
    encrypt      = true
  }
}
