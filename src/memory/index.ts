export { Store } from "./Store.ts"
export { layer as layerUnitOfWork } from "./UnitOfWork.ts"
