data "packer_image_status" "web" {
  image_id       = "ami-0a7c3e9d1f5b28460"
  cloud_provider = "aws"
}

output "published_by" {
  value = [
    for iteration in data.packer_image_status.web.iterations : {
      bucket      = iteration.bucket
      version     = iteration.version
      fingerprint = iteration.fingerprint
    }
  ]
}
