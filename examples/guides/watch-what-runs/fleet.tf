data "aws_instances" "web" {
  instance_tags = {
    Role = "web"
  }
}

data "aws_instance" "web" {
  for_each    = toset(data.aws_instances.web.ids)
  instance_id = each.value
}

data "packer_image_status" "web" {
  for_each       = toset([for instance in data.aws_instance.web : instance.ami])
  image_id       = each.value
  cloud_provider = "aws"
}

output "on_revoked_images" {
  value = [for id, instance in data.aws_instance.web : id if data.packer_image_status.web[instance.ami].revoked]
}

output "on_unknown_images" {
  value = [for id, instance in data.aws_instance.web : id if !data.packer_image_status.web[instance.ami].tracked]
}
