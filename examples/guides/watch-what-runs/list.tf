variable "image_ids" {
  type = set(string)
  default = [
    "ami-0a7c3e9d1f5b28460",
    "ami-0e5d7b9c3a1f28064",
  ]
}

data "packer_image_status" "each" {
  for_each       = var.image_ids
  image_id       = each.key
  cloud_provider = "aws"
}

output "revoked_images" {
  value = [for id, image in data.packer_image_status.each : id if image.revoked]
}

output "scheduled_images" {
  value = {
    for id, image in data.packer_image_status.each : id => image.revoke_at
    if !image.revoked && image.revoke_at != null
  }
}

output "unknown_images" {
  value = [for id, image in data.packer_image_status.each : id if !image.tracked]
}
