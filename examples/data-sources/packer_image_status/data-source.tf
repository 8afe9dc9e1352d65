data "aws_instance" "web" {
  instance_id = "i-0e5c8f7a9b1d2c346"
}

data "packer_image_status" "web" {
  image_id       = data.aws_instance.web.ami
  cloud_provider = "aws"
}
