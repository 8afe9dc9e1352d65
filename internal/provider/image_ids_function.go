package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageIDsFunction selects one image for each region from a list of image objects.
// It is pure and makes no requests.
type imageIDsFunction struct{}

func newImageIDsFunction() function.Function { return imageIDsFunction{} }

func (imageIDsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "image_ids"
}

var imageIDsArguments = argumentPositions{
	registry.ByCloudProvider: 1,
	registry.ByComponentType: 2,
}

func (imageIDsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The IDs of the images for a cloud provider, by region",
		MarkdownDescription: "Returns a map from region to image ID for a cloud provider, and optionally a component type, from the " +
			"attribute `images` of the data source `packer_image_iteration`. Fails if no image matches, or if several in a region do and " +
			"their IDs differ.",
		Parameters:        []function.Parameter{imagesParameter(), cloudProviderParameter()},
		VariadicParameter: componentTypeParameter(),
		Return:            function.MapReturn{ElementType: types.StringType},
	}
}

func (imageIDsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		images         []*imageObject // nil for null
		selector       registry.Selector
		componentTypes []string
	)
	if resp.Error = req.Arguments.Get(ctx, &images, &selector.CloudProvider, &componentTypes); resp.Error != nil {
		return
	}
	if resp.Error = completeSelector(&selector, componentTypes, imageIDsArguments); resp.Error != nil {
		return
	}
	ids, err := selector.ImageIDs(newBuilds(images))
	if err != nil {
		resp.Error = selectionFuncError(err, imageIDsArguments)
		return
	}
	resp.Error = resp.Result.Set(ctx, ids)
}
