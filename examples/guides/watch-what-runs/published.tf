variable "image_id" {
  type    = string
  default = "ami-0a7c3e9d1f5b28460"
}

data "packer_image_status" "image" {
  image_id       = var.image_id
  cloud_provider = "aws"
}

output "tracked" {
  value = data.packer_image_status.image.tracked
}

output "revoked" {
  value = data.packer_image_status.image.revoked
}

output "published_by" {
  value = [
    for iteration in data.packer_image_status.image.iterations : {
      bucket      = iteration.bucket
      version     = iteration.version
      fingerprint = iteration.fingerprint
    }
  ]
}
