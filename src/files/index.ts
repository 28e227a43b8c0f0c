export { type FileSystemOptions, layer as layerBlobStore } from "./BlobStore.ts"
export { type ClamdOptions, layerClamd } from "./clamd.ts"
export { layer as layerFileTypeDetector } from "./FileTypeDetector.ts"
export { layer as layerSanitizer } from "./Sanitizer.ts"
