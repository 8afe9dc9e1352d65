run "image_of_the_channel" {
  command = plan

  assert {
    condition     = output.ami == "ami-0a7c3e9d1f5b28460" && output.iteration == "v7"
    error_message = "got ${output.ami} of ${output.iteration}"
  }
}
