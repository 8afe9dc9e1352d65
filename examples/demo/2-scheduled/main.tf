# An iteration whose revocation is scheduled can be used, with a warning.

data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "staging"
}

output "iteration" {
  value = {
    version            = data.packer_image_iteration.hardened_ubuntu.version
    status             = data.packer_image_iteration.hardened_ubuntu.status
    revoke_at          = data.packer_image_iteration.hardened_ubuntu.revoke_at
    revocation_message = data.packer_image_iteration.hardened_ubuntu.revocation_message
  }
}
