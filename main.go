// Command terraform-provider-packer is the Terraform and OpenTofu provider for
// images that Packer published to an HCP Packer registry.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/hashicorp/terraform-provider-packer/internal/provider"
)

// address is the provider's source address. Whoever publishes the provider
// under another namespace changes it here.
const address = "registry.terraform.io/hashicorp/packer"

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve the provider for a debugger to attach to")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		provider.LogAsTerraform()
	}
	err := tf6server.Serve(address, provider.New(version), options...)
	if err != nil {
		log.Fatal(err)
	}
}
