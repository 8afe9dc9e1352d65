package provider

import (
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

// server wraps the framework's server and writes the data sources' state itself,
// because the framework walks every value several times by reflection. For an
// iteration with many images that takes longer than everything else in a read.
type server struct {
	tfprotov6.ProviderServer
}

func newServer(p *packerProvider) tfprotov6.ProviderServer {
	return server{providerserver.NewProtocol6(p)()}
}

// ReadDataSource has the framework read the data source, which leaves the
// configuration as the state, and adds the computed attributes. The diagnostics get
// links to the documentation.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var computed computedState
	resp, err := s.ProviderServer.ReadDataSource(context.WithValue(ctx, computedStateKey{}, &computed), req)
	if err != nil {
		return resp, err
	}
	if computed.encoded != nil {
		if err := mergeState(resp.State, computed.encoded); err != nil {
			problem := internalErrorDiagnostic(fmt.Errorf("encoding the state: %w", err))
			resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{
				Severity: tfprotov6.DiagnosticSeverityError, Summary: problem.Summary(), Detail: problem.Detail(),
			})
		}
	}
	addLinks(resp.Diagnostics)
	return resp, nil
}

// mergeState sets the computed attributes of a state and keeps the others.
func mergeState(state *tfprotov6.DynamicValue, computed []byte) error {
	if state == nil {
		return errors.New("there is no state")
	}
	merged := make(map[string]msgpack.RawMessage)
	for _, source := range [][]byte{state.MsgPack, computed} {
		if err := msgpack.Unmarshal(source, &merged); err != nil {
			return err
		}
	}
	var err error
	state.MsgPack, err = msgpack.Marshal(merged)
	return err
}
