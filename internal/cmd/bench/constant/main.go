// Command constant is one yardstick of the benchmark: a provider with this
// provider's schema, validation and log level that answers every read with the
// state in the file that BENCH_STATE names. The time a plan takes with it is what
// Terraform needs for a state of that shape, wherever it comes from.
//
// If there is no such file, it reads as this provider does, and writes the file.
package main

import (
	"context"
	"errors"
	"io/fs"
	"log"
	"os"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/hashicorp/terraform-provider-packer/internal/provider"
)

func main() {
	file := os.Getenv("BENCH_STATE")
	state, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Fatal(err)
	}
	provider.LogAsTerraform()
	err = tf6server.Serve("registry.terraform.io/hashicorp/packer", func() tfprotov6.ProviderServer {
		reader := provider.New("constant")()
		if state == nil {
			return &recorder{ProviderServer: reader, file: file}
		}
		return &constant{reader, state}
	})
	if err != nil {
		log.Fatal(err)
	}
}

type constant struct {
	tfprotov6.ProviderServer
	state []byte // in MessagePack
}

func (s *constant) ReadDataSource(context.Context, *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return &tfprotov6.ReadDataSourceResponse{State: &tfprotov6.DynamicValue{MsgPack: s.state}}, nil
}

// recorder keeps the state of its first read.
type recorder struct {
	tfprotov6.ProviderServer
	file string
	once sync.Once
}

func (s *recorder) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := s.ProviderServer.ReadDataSource(ctx, req)
	if err != nil || resp.State == nil {
		return resp, err
	}
	s.once.Do(func() { err = os.WriteFile(s.file, resp.State.MsgPack, 0o600) })
	return resp, err
}
