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

// New returns a constructor of the provider for a server to call.
func New(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		return newServer(&packerProvider{version: version, getenv: os.Getenv, now: time.Now})
	}
}

// server wraps the framework's server and writes the data source's state itself,
// because the framework walks every value several times by reflection. For an
// iteration with many images that takes longer than everything else in a read.
type server struct {
	tfprotov6.ProviderServer
}

func newServer(p *packerProvider) tfprotov6.ProviderServer {
	return server{providerserver.NewProtocol6(p)()}
}

// ReadDataSource has the framework read the data source, which leaves the
// configuration as the state, and adds the computed attributes.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var computed computedState
	resp, err := s.ProviderServer.ReadDataSource(context.WithValue(ctx, computedStateKey{}, &computed), req)
	if err != nil || computed.attributes == nil {
		return resp, err
	}
	if err := mergeState(resp.State, computed.attributes); err != nil {
		return nil, fmt.Errorf("encoding the state: %w", err)
	}
	return resp, nil
}

// computedState carries the computed attributes from a data source to the server
// that called it.
type computedState struct {
	attributes any
}

type computedStateKey struct{}

// setComputedState sets the computed attributes of the data source that is being
// read with ctx. In MessagePack they must be a map with the schema's names.
func setComputedState(ctx context.Context, attributes any) error {
	computed, ok := ctx.Value(computedStateKey{}).(*computedState)
	if !ok {
		return errors.New("the read did not come from the provider's server")
	}
	computed.attributes = attributes
	return nil
}

// mergeState sets attributes of a state and keeps the others.
func mergeState(state *tfprotov6.DynamicValue, attributes any) error {
	var encoded bytes.Buffer
	encoder := msgpack.NewEncoder(&encoded)
	encoder.SetSortMapKeys(true) // Terraform keeps the last of the keys that it considers equal.
	if err := encoder.Encode(attributes); err != nil {
		return err
	}
	merged := make(map[string]msgpack.RawMessage)
	for _, source := range [][]byte{state.MsgPack, encoded.Bytes()} {
		if err := msgpack.Unmarshal(source, &merged); err != nil {
			return err
		}
	}
	var err error
	state.MsgPack, err = msgpack.Marshal(merged)
	return err
}
