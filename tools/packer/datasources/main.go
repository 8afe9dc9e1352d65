// Command datasources evaluates Packer's data sources: it reads a JSON array of queries
// from its standard input, and writes an array of answers in the same order. The data
// sources and their HCP client are Packer's own. Packer itself starts a process for each
// data source, and reports no value if one fails.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	artifact "github.com/hashicorp/packer/datasource/hcp-packer-artifact"
	image "github.com/hashicorp/packer/datasource/hcp-packer-image"
	iteration "github.com/hashicorp/packer/datasource/hcp-packer-iteration"
	version "github.com/hashicorp/packer/datasource/hcp-packer-version"

	"github.com/hashicorp/packer-plugin-sdk/packer"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

type query struct {
	DataSource string         `json:"data_source"`
	ProjectID  string         `json:"project_id"`
	Config     map[string]any `json:"config"`
}

// answer has either a value or an error.
type answer struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	var queries []query
	if err := json.NewDecoder(os.Stdin).Decode(&queries); err != nil {
		return fmt.Errorf("reading the queries: %w", err)
	}
	answers := make([]answer, len(queries))
	for i, q := range queries {
		value, err := evaluate(q)
		if err != nil {
			answers[i] = answer{Error: err.Error()}
			continue
		}
		answers[i] = answer{Value: value}
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func evaluate(q query) (json.RawMessage, error) {
	source, err := newDataSource(q.DataSource)
	if err != nil {
		return nil, err
	}
	// Only the environment tells Packer the project.
	if err := os.Setenv("HCP_PROJECT_ID", q.ProjectID); err != nil {
		return nil, err
	}
	if err := source.Configure(q.Config); err != nil {
		return nil, err
	}
	value, err := source.Execute()
	if err != nil {
		return nil, err
	}
	return ctyjson.Marshal(value, value.Type())
}

func newDataSource(name string) (packer.Datasource, error) {
	switch name {
	case "hcp-packer-artifact":
		return new(artifact.Datasource), nil
	case "hcp-packer-version":
		return new(version.Datasource), nil
	case "hcp-packer-image":
		return new(image.Datasource), nil
	case "hcp-packer-iteration":
		return new(iteration.Datasource), nil
	default:
		return nil, fmt.Errorf("Packer has no data source %q", name)
	}
}
