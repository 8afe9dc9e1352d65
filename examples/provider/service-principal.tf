variable "hcp_client_id" {
  type = string
}

variable "hcp_client_secret" {
  type      = string
  sensitive = true
}

provider "packer" {
  client_id     = var.hcp_client_id
  client_secret = var.hcp_client_secret
}
