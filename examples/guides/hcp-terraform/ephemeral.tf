terraform {
  required_version = ">= 1.11"
}

variable "hcp_client_id" {
  type      = string
  ephemeral = true
}

variable "hcp_client_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

provider "packer" {
  client_id     = var.hcp_client_id
  client_secret = var.hcp_client_secret
}
