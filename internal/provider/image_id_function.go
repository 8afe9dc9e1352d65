package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageIDFunction selects one image from a list of image objects. It is pure and
// makes no requests.
type imageIDFunction struct{}

func newImageIDFunction() function.Function { return imageIDFunction{} }

func (imageIDFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "image_id"
}

var imageIDArguments = argumentPositions{
	registry.ByCloudProvider: 1,
	registry.ByRegion:        2,
	registry.ByComponentType: 3,
}

func (imageIDFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The ID of the image for a cloud provider and a region",
		MarkdownDescription: "Returns the ID of the image for a cloud provider and a region, and optionally a component type, from the " +
			"attribute `images` of the data source `packer_image_iteration`. Fails if no image matches, or if several do and " +
			"their IDs differ.",
		Parameters: []function.Parameter{
			imagesParameter(),
			cloudProviderParameter(),
			function.StringParameter{
				Name:                "region",
				MarkdownDescription: "The region as the cloud provider names it, such as `eu-central-1`.",
			},
		},
		VariadicParameter: componentTypeParameter(),
		Return:            function.StringReturn{},
	}
}

func (imageIDFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		images         []*imageObject // nil for null
		selector       registry.Selector
		componentTypes []string
	)
	if resp.Error = req.Arguments.Get(ctx, &images, &selector.CloudProvider, &selector.Region, &componentTypes); resp.Error != nil {
		return
	}
	if resp.Error = completeSelector(&selector, componentTypes, imageIDArguments); resp.Error != nil {
		return
	}
	id, err := selector.ImageID(newBuilds(images))
	if err != nil {
		resp.Error = selectionFuncError(err, imageIDArguments)
		return
	}
	resp.Error = resp.Result.Set(ctx, id)
}
