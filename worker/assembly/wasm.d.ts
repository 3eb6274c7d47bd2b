/** The bundler hands on the file as a module, because workerd compiles no WebAssembly at run time. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
