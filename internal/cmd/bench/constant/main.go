// Command constant is the yardstick of the plan benchmark: a provider that has
// this provider's schema, validation and log level, but answers every read with
// the state in the file that BENCH_STATE names. What a plan costs with it, Terraform
// charges for a state of that shape whoever makes it.
package main

import (
	"context"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/hashicorp/terraform-provider-packer/internal/provider"
)

func main() {
	state, err := os.ReadFile(os.Getenv("BENCH_STATE"))
	if err != nil {
		log.Fatal(err)
	}
	provider.LogAsTerraform()
	err = tf6server.Serve("registry.terraform.io/hashicorp/packer", func() tfprotov6.ProviderServer {
		return &server{provider.New("constant")(), state}
	})
	if err != nil {
		log.Fatal(err)
	}
}

type server struct {
	tfprotov6.ProviderServer
	state []byte // in MessagePack
}

func (s *server) ReadDataSource(context.Context, *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return &tfprotov6.ReadDataSourceResponse{State: &tfprotov6.DynamicValue{MsgPack: s.state}}, nil
}
