terraform {
  required_version = ">= 1.5"
}

data "packer_image_iteration" "hardened_ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "eu-central-1"
}

# Stands in for a machine that is not replaced whenever the channel moves.
resource "terraform_data" "server" {
  input = one(data.packer_image_iteration.hardened_ubuntu.images).image_id

  lifecycle {
    ignore_changes = [input]
  }
}

check "server_runs_on_the_image_of_the_channel" {
  assert {
    condition     = terraform_data.server.input == one(data.packer_image_iteration.hardened_ubuntu.images).image_id
    error_message = "The server runs on ${terraform_data.server.input}; the channel is at ${data.packer_image_iteration.hardened_ubuntu.version} now."
  }
}
