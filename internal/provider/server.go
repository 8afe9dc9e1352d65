package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
)

// New returns a constructor of the provider in the given version, ready to be
// served.
func New(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		return newServer(&packerProvider{version: version, getenv: os.Getenv, now: time.Now})
	}
}

// server is the framework's, except that what a data source read goes round the
// framework, which would pass over every value of the state several times, with
// reflection and copies. For an iteration of many images that is most of a read.
type server struct {
	tfprotov6.ProviderServer
}

func newServer(p *packerProvider) tfprotov6.ProviderServer {
	return server{providerserver.NewProtocol6(p)()}
}

// ReadDataSource lets the framework read, whose state is then the configuration,
// and sets the attributes that the data source handed over.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var read computedState
	resp, err := s.ProviderServer.ReadDataSource(context.WithValue(ctx, computedStateKey{}, &read), req)
	if err != nil || read.attributes == nil {
		return resp, err
	}
	if err := mergeState(resp.State, read.attributes); err != nil {
		return nil, fmt.Errorf("encoding the state: %w", err)
	}
	return resp, nil
}

// computedState is what a data source leaves for the server.
type computedState struct {
	attributes any
}

type computedStateKey struct{}

// setComputedState leaves attributes of the state for the server that this read came
// from. Their MessagePack is to be a map, as the schema has them.
func setComputedState(ctx context.Context, attributes any) error {
	read, ok := ctx.Value(computedStateKey{}).(*computedState)
	if !ok {
		return errors.New("the read did not come from the provider's server")
	}
	read.attributes = attributes
	return nil
}

// mergeState sets attributes of an object.
func mergeState(object *tfprotov6.DynamicValue, attributes any) error {
	var encoded bytes.Buffer
	encoder := msgpack.NewEncoder(&encoded)
	encoder.SetSortMapKeys(true) // of labels that Terraform takes for the same, always the same is left
	if err := encoder.Encode(attributes); err != nil {
		return err
	}
	members := make(map[string]msgpack.RawMessage)
	for _, source := range [][]byte{object.MsgPack, encoded.Bytes()} {
		if err := msgpack.Unmarshal(source, &members); err != nil {
			return err
		}
	}
	var err error
	object.MsgPack, err = msgpack.Marshal(members)
	return err
}
