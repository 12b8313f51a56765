// Where the browser finds the API. A lab may lay its own file over this one.
module.exports = {
  baseURL: 'http://localhost:5000/api/v1',
};
