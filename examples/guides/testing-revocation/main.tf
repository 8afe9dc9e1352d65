terraform {
  required_version = ">= 1.7"

  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

check "image_stays" {
  assert {
    condition     = data.packer_image_iteration.hardened_ubuntu.revoke_at == null
    error_message = "The image will be revoked at ${coalesce(data.packer_image_iteration.hardened_ubuntu.revoke_at, "an unknown time")}."
  }
}
