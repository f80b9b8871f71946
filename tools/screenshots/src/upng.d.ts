// What is used of a package without types.
declare module 'upng-js' {
  const UPNG: { encode(frames: ArrayBuffer[], width: number, height: number, colors: number): ArrayBuffer };
  export default UPNG;
}
