# Every data source reads this iteration. What you leave out is random. In OpenTofu,
# an image must have all of its attributes.
mock_provider "packer" {
  mock_data "packer_image_iteration" {
    defaults = {
      images = [{ image_id = "ami-frankfurt", cloud_provider = "aws", region = "eu-central-1" }]
    }
  }
}

run "every_bucket_has_an_image" {
  command = plan

  assert {
    condition     = output.ami == { database = "ami-frankfurt", web = "ami-frankfurt" }
    error_message = "got ${jsonencode(output.ami)}"
  }
}
